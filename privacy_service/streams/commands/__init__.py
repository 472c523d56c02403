"""The actions of `manage.py flow`, a module for each group of them."""

"""One module for each kind of body: how it is taken apart and put together again."""

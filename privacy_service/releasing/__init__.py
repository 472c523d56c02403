"""The release over HTTP: for administrators of the installation, and as a flag for OpenFeature clients."""

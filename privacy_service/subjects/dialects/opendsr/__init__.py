"""OpenDSR as a processor: controllers ask here, are answered under signature, and told of every change."""

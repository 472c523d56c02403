"""What both roles of OpenDSR share: its words, and how a message is signed and its signature verified."""

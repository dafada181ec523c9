"""The smallest plug-in of cxscore."""

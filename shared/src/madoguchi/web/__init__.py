"""Web manners shared by every service that answers HTTP."""

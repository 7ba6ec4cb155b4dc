"""console: the clerk's console (審査). What waits for a person, what happened to a request, and who decided what."""

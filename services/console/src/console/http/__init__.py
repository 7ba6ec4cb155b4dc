"""The console's pages, one module each. All need a login; forms that act carry the session's secret."""

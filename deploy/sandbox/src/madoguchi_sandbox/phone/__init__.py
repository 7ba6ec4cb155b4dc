"""A phone in the browser: a person plays a resident by hand, in a chat that looks like any chat. A sandbox."""

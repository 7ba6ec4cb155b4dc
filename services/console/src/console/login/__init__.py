"""Staff login: who is asking, from a session that the console itself keeps."""

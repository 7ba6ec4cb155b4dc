"""Staff login: OpenID Connect authorization code flow with PKCE, and sessions kept on the server.

`id_token`, `attempt` and `lapse` decide (pure); `provider` asks the sign-in service; `sessions` and `attempts` keep;
`session` is what the console's pages ask; `routes` are the pages of signing in and out.
"""

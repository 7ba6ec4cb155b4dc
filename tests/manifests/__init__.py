"""The Kubernetes manifests: rendered, held to schemas and to the code."""

"""What Kubernetes is told that follows from the code: topics and rights from `FLOW`, secrets from the towns' files."""

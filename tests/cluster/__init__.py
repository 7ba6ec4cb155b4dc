"""`make demo-kubernetes`: the whole counter on a real cluster; pods are killed, rolled, scaled, evicted under load."""

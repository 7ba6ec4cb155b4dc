"""Events over Kafka: CloudEvents on the wire, order per request, nothing lost, nothing blocked for ever."""

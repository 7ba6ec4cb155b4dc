"""An embedded Kafka: librdkafka's in-process broker, in a child process, behind a front with a fixed address.

It forgets everything when its child dies; the front and the address stay, and a new child takes over.
"""

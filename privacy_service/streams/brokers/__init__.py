"""Where topics lie: Redis Streams, or Kafka as an extra."""

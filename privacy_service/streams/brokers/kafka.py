"""Topics of a Kafka cluster, as an extra: partitions are what its workers share."""

"""口座振替: mandates and the requests to the banks."""

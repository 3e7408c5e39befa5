"""パンチ委託: deliveries to the data-entry contractor, their slips, what came back and what is missing."""

"""口座振替: requests to the banks and what they answered, the accounts a person registered."""

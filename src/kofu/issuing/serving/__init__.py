"""The process that serves: its endpoints, its workers, what it is put together from."""

"""抑止: messages about holds, taken in at once."""

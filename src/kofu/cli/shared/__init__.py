"""What all verbs share: words for what a command cannot do, databases, who acts, how far a long command is."""

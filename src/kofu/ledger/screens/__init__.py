"""What the screens of all features share: who acts, whom an address means, words of the codes."""

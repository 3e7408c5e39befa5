"""Screens of 過誤納: the list, cases waiting for approval, one case from the proposal to the transfer."""

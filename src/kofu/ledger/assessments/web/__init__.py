"""Screens of ① 賦課情報の登録: files received, what is wrong in them, the decision to post."""

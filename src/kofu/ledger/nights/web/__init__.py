"""Screens of ⑲ 夜間連携: runs with their progress and history, the generations written, a run begun by hand."""

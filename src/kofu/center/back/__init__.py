"""偽造防止の裏面: what the centre puts on the back of each sheet, and how a scan of it becomes the front again."""

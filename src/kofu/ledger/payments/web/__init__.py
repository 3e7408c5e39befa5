"""③④⑤ Payments on screen: files, the counter's day, suspense, advices, corrections, slips, the closing of the day."""

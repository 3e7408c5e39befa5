"""閲覧の許可: two people let one claim that is out of reach (完納7年・不納欠損5年) be read, for a reason and a time."""

"""What the data-entry contractor keyed (パンチ): its files and the comparison of both keyings."""

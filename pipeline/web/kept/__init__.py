"""What the page keeps on disk: baskets, the files as corrected, what is deleted by age, and a disk that is full."""

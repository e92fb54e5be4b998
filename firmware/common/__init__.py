"""What the devices share: tasks, store, vault, codes, drawing."""

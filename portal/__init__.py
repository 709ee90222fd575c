"""The portal: storage, access, reading, writing and the screen kit."""

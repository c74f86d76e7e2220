"""What `proved` rests on: see derive/README.md."""

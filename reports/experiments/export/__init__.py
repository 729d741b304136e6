"""What an experiment leaves for machines: result.json, slots.csv and slots.parquet."""

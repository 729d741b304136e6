"""The collector: takes the batches of somebody else's recorder, in that recorder's wire format."""

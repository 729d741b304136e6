"""The product around the recorder: does any of it cost an impression, or make one?"""

"""A stored run of which one field of one kind of rows is wrong: is it noticed?"""

"""Checks of monitoring: did each alert fire, and nothing else?"""

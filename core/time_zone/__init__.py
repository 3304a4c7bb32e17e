"""The site's time zone: conversion of moments, and the form field that names the zone.

Guarantees: a time that does not exist, or exists twice, is refused unless its offset is given, and
no database needs time zone tables.
"""

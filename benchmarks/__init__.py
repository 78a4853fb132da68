"""Figures of Headcount on real brokers, beside what they are measured against."""

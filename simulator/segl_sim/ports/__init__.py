"""Ports: how programs reach a simulated device. Each takes a device from the world, and nothing else."""

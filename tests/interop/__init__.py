"""Old SGE instances, emulated: they share no code with the package they are played against."""

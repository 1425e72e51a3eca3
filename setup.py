"""What pyproject.toml cannot say: the folder experiments/ is installed as ganspace_tf.experiments."""

from setuptools import find_packages, setup

setup(
    packages=find_packages(include=["nvlabs*", "ganspace_tf*"]) + ["ganspace_tf.experiments"],
    package_dir={"ganspace_tf.experiments": "experiments"},
)

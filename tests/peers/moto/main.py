"""Serves moto, a double of AWS, on the address and port that the arguments give."""

import os
import sys

HOME = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HOME, "site"))

from moto.server import main

main(sys.argv[1:])

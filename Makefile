SHELL := /bin/bash
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin

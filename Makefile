.PHONY: demo run test check bench docs
demo run test check bench docs:
	python3 dev.py $@

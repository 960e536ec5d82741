.PHONY: demo run test soak check bench docs
demo run test soak check bench docs:
	python3 dev.py $@

.PHONY: demo run test soak check bench docs pictures
demo run test soak check bench docs pictures:
	python3 dev.py $@

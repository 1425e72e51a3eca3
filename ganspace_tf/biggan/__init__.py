"""BigGAN-deep (Brock, Donahue, Simonyan 2019), weights and graph: read from the published files, with every
inner layer open.

    files.py        which of the two file formats a path holds; read it      inspection.py   say what it is
    hub_module.py   TF1-Hub module folder: variables of its checkpoint, statistics out of its graph file
    huggingface.py  Hugging Face folder: config.json, pytorch_model.bin
    checkpoint.py graph_constants.py protobuf.py crc32c.py   the containers that a Hub module is made of
    record.py       what was read: raw arrays under GANSpace's module names, checked against structure.py
    spectral.py     spectral norms, divided into the weights once
    statistics.py   batch-norm statistics for a truncation
    latents.py      truncated-normal latents
    classes.py class_words.py class_weights.py   class names (data/), what people write, arguments as weights
    endpoints.py    the places that can be read and fed
    graph.py        the TensorFlow graph; network.py: graph and session

Nothing here runs anything that comes with a file, and only graph.py and network.py need TensorFlow.
"""

# Three images of the same program. Plain `docker build .` makes the last one, the legacy stack; the others by name:
#   docker build -t ganspace .                     TensorFlow 1.15.5, CUDA 10.0: GPUs up to Turing, and CPUs
#   docker build -t ganspace --target ngc .        NVIDIA's last TensorFlow 1 container: Pascal to Hopper
#   docker build -t ganspace --target tf2 .        TensorFlow 2
#   docker run --gpus all -v "$PWD/models:/models:ro" -v "$PWD/out:/out" -v ganspace-cache:/cache ganspace info /models/net.pkl
# docs/docker.md says what of this has been tried.

# The package, built once: it is pure Python, so one wheel serves all three.
FROM python:3.11-slim-bookworm AS wheel
WORKDIR /src
COPY pyproject.toml setup.py README.md LICENSE NOTICE ./
COPY nvlabs nvlabs
COPY ganspace_tf ganspace_tf
COPY experiments experiments
RUN python3 -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

# TensorFlow 1.15 is there, with the NumPy and protobuf it was built for: the pins for Python 3.8 leave them alone.
# NVIDIA's container may bring a constraints file of its own, which would contradict the pins; hence the empty PIP_CONSTRAINT.
FROM nvcr.io/nvidia/tensorflow:23.03-tf1-py3 AS ngc
COPY requirements.txt /src/
RUN PIP_CONSTRAINT="" python3 -m pip install --no-cache-dir -r /src/requirements.txt
COPY --from=wheel /wheels /wheels
RUN PIP_CONSTRAINT="" python3 -m pip install --no-cache-dir --no-deps /wheels/*.whl
RUN useradd --create-home --uid 10001 ganspace && mkdir -m 1777 /models /out /cache
# `python -m experiments.fig1_sequences` as in the checkout; the wheel has it as ganspace_tf.experiments
COPY experiments /opt/scripts/experiments
ENV PYTHONPATH=/opt/scripts
# scripts get whole float32 products too, as the command does (docs/install.md)
ENV GANSPACE_CACHE=/cache NVIDIA_TF32_OVERRIDE=0
VOLUME /cache
WORKDIR /out
USER 10001
ENTRYPOINT ["ganspace"]
CMD ["--help"]

FROM tensorflow/tensorflow:2.21.0-gpu AS tf2
COPY requirements.txt /src/
RUN python3 -m pip install --no-cache-dir -r /src/requirements.txt
COPY --from=wheel /wheels /wheels
RUN python3 -m pip install --no-cache-dir --no-deps /wheels/*.whl
RUN useradd --create-home --uid 10001 ganspace && mkdir -m 1777 /models /out /cache
# `python -m experiments.fig1_sequences` as in the checkout; the wheel has it as ganspace_tf.experiments
COPY experiments /opt/scripts/experiments
ENV PYTHONPATH=/opt/scripts
# scripts get whole float32 products too, as the command does (docs/install.md)
ENV GANSPACE_CACHE=/cache NVIDIA_TF32_OVERRIDE=0
VOLUME /cache
WORKDIR /out
USER 10001
ENTRYPOINT ["ganspace"]
CMD ["--help"]

# CUDA 10.0 on Ubuntu 18.04, whose Python is 3.6: the image gives the CUDA libraries, Ubuntu gives Python 3.7.
FROM tensorflow/tensorflow:1.15.5-gpu-py3 AS legacy
# NVIDIA changed the key of its package lists after this image was made; without the lists apt works again.
# hadolint ignore=DL3008
RUN rm -f /etc/apt/sources.list.d/cuda*.list /etc/apt/sources.list.d/nvidia*.list \
    && apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3.7 python3.7-venv \
    && rm -rf /var/lib/apt/lists/*
# Ubuntu's pip (9) does not know the wheels' platform tags.
RUN python3.7 -m venv /opt/ganspace && /opt/ganspace/bin/python -m pip install --no-cache-dir pip==24.0
COPY requirements.txt requirements-gpu.txt /src/
RUN /opt/ganspace/bin/python -m pip install --no-cache-dir -r /src/requirements-gpu.txt
COPY --from=wheel /wheels /wheels
RUN /opt/ganspace/bin/python -m pip install --no-cache-dir --no-deps /wheels/*.whl
RUN useradd --create-home --uid 10001 ganspace && mkdir -m 1777 /models /out /cache
# `python -m experiments.fig1_sequences` as in the checkout; the wheel has it as ganspace_tf.experiments
COPY experiments /opt/scripts/experiments
ENV PYTHONPATH=/opt/scripts
ENV PATH="/opt/ganspace/bin:${PATH}" GANSPACE_CACHE=/cache
VOLUME /cache
WORKDIR /out
USER 10001
ENTRYPOINT ["ganspace"]
CMD ["--help"]

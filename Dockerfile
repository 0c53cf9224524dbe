# Two images: `temporal`, the development server we test with, and `worker`, which runs the procedures, or with
# `paystates serve` as its command the HTTP API and the board.

# ------------------------------------------------------------------ the server, from the module that pins all it is made of
FROM golang:1.26.8 AS server-build
WORKDIR /src
COPY tools/temporal-server/go.mod tools/temporal-server/go.sum ./
RUN go mod download
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=1.9.1" \
      -o /out/temporal github.com/temporalio/cli/cmd/temporal \
 && mkdir /out/data

FROM gcr.io/distroless/static-debian12:nonroot AS temporal
COPY --from=server-build /out/temporal /usr/local/bin/temporal
# A named volume takes the owner of the folder it covers; without this the server could not write to it.
COPY --from=server-build --chown=nonroot:nonroot /out/data /data
EXPOSE 7233 8233
ENTRYPOINT ["/usr/local/bin/temporal"]
CMD ["server", "start-dev", "--ip", "0.0.0.0", "--db-filename", "/data/temporal.db", "--log-level", "error"]

# --------------------------------------------------------------------------------------------------------- the worker
FROM python:3.11-slim AS worker
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
 && useradd --system paystates \
 && install --directory --owner paystates /data
USER paystates
CMD ["python", "worker.py"]

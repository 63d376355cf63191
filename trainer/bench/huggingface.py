"""The peer of the benchmark: the same work in Hugging Face's transformers on PyTorch.

Answers requests on stdin, one JSON object a line, with one JSON object a line on stdout; trainer/bench/child.ts asks.
"""

import argparse
import gc
import json
import os
import sys
import time

import torch
import torch.nn.functional as F
import transformers
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig


def configuration(model):
    common = dict(
        vocab_size=model["vocabSize"],
        max_position_embeddings=model["maxPositions"],
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=model["padTokenId"],
    )
    if model["architecture"] == "gpt2":
        return GPT2Config(
            n_embd=model["width"],
            n_layer=model["layers"],
            n_head=model["heads"],
            n_inner=model["mlpWidth"],
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            **common,
        )
    return LlamaConfig(
        hidden_size=model["width"],
        num_hidden_layers=model["layers"],
        num_attention_heads=model["heads"],
        num_key_value_heads=model["keyValueHeads"],
        head_dim=model["headDim"],
        intermediate_size=model["mlpWidth"],
        tie_word_embeddings=model["tiedEmbeddings"],
        attention_dropout=0.0,
        **common,
    )


class Peer:
    def __init__(self, precision, device, threads):
        torch.set_num_threads(threads)
        self.device = torch.device(device)
        self.dtype = torch.bfloat16 if precision.startswith("bf16") else torch.float32
        # Training in bf16 keeps fp32 weights under autocast; 'bf16-weights' has no fp32 copy of them.
        self.master = self.dtype if precision == "bf16-weights" else torch.float32
        self.threads = threads
        self.model = None
        self.optimizer = None

    def hello(self):
        name = torch.cuda.get_device_name() if self.device.type == "cuda" else "cpu"
        return dict(
            version=torch.__version__, transformers=transformers.__version__, device=name, threads=self.threads
        )

    def synchronise(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def milliseconds(self, work):
        self.synchronise()
        start = time.perf_counter()
        work()
        self.synchronise()
        return 1000 * (time.perf_counter() - start)

    @torch.inference_mode()
    def operations(self, calls):
        vector = torch.ones(64, device=self.device)
        square = torch.ones(64, 64, device=self.device)

        def add():
            for _ in range(calls):
                torch.add(vector, vector)

        def multiply():
            for _ in range(calls):
                torch.matmul(square, square)

        return dict(add=self.milliseconds(add) / calls, matmul=self.milliseconds(multiply) / calls)

    @torch.inference_mode()
    def matmul(self, side, calls):
        a = torch.full((side, side), 0.5, device=self.device, dtype=self.dtype)
        product = torch.empty_like(a)

        def multiply():
            for _ in range(calls):
                torch.matmul(a, a, out=product)

        return dict(ms=self.milliseconds(multiply) / calls)

    @torch.inference_mode()
    def copy(self, bytes, calls):
        source = torch.zeros(bytes // 4, device=self.device)
        target = torch.zeros_like(source)

        def copy():
            for _ in range(calls):
                target.copy_(source)

        return dict(ms=self.milliseconds(copy) / calls)

    def load(self, shape, rows, tokens, phase):
        self.shape = shape
        self.model = self.optimizer = None
        gc.collect()
        torch.manual_seed(1)
        dtype = self.master if phase == "train" else self.dtype
        self.model = AutoModelForCausalLM.from_config(
            configuration(shape["model"]), attn_implementation="sdpa", dtype=dtype
        ).to(self.device)
        self.model.train(phase == "train")
        self.tokens = torch.tensor(tokens).view(rows, -1).to(self.device)
        parameters = sum(p.numel() for p in self.model.parameters())
        return dict(parameters=parameters)

    def train(self, fused=None):
        if self.optimizer is None:
            self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-5)
        # The state is the same for each of PyTorch's implementations. Not fused, PyTorch chooses.
        for group in self.optimizer.param_groups:
            group["fused"] = fused
            group["foreach"] = None
        prompt = self.shape["promptLength"]
        length = self.tokens.shape[1]
        places = torch.arange(prompt - 1, length - 1, device=self.device)
        autocast = torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.dtype != torch.float32 and self.master != self.dtype
        )
        result = {}

        def step():
            with autocast:
                logits = self.model(self.tokens, use_cache=False, logits_to_keep=places).logits
                loss = F.cross_entropy(logits.flatten(0, 1), self.tokens[:, prompt:].flatten())
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            result["loss"] = loss.item()

        return dict(ms=self.milliseconds(step), **result)

    @torch.inference_mode()
    def rollout(self, rows, responseLength):
        prompts = self.tokens[:rows, : self.shape["promptLength"]]
        mask = torch.ones_like(prompts)

        def generate():
            output = self.model.generate(
                prompts,
                attention_mask=mask,
                do_sample=True,
                top_k=0,
                top_p=1.0,
                temperature=1.0,
                max_new_tokens=responseLength,
                use_cache=True,
            )
            assert output.shape[1] == prompts.shape[1] + responseLength
            output.cpu()

        return dict(ms=self.milliseconds(generate))

    def memory(self, reset):
        gc.collect()
        if self.device.type == "cuda":
            now, peak = torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated()
            if reset:
                torch.cuda.reset_peak_memory_stats()
            return dict(now=now, peak=peak)
        with open("/proc/self/status") as file:
            status = dict(line.split(":", 1) for line in file)
        now, peak = (1024 * int(status[key].split()[0]) for key in ("VmRSS", "VmHWM"))
        if reset:
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")
        return dict(now=now, peak=peak)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--precision", choices=["fp32", "bf16", "bf16-weights"], default="fp32")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    peer = Peer(options.precision, options.device, options.threads)
    for line in sys.stdin:
        request = json.loads(line)
        name = request.pop("do")
        print(json.dumps(getattr(peer, name)(**request)), flush=True)


main()
